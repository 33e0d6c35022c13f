; The year of an ISO date, as a number.
(set-logic SLIA)
(synth-fun year ((date String)) Int
    ((Start Int) (Text String) (Number Int))
    ((Start Int (Number))
     (Text String (date "-" (str.substr Text Number Number) (str.++ Text Text)))
     (Number Int (0 1 2 (str.to_int Text) (str.indexof Text Text Number) (+ Number Number)))))
(declare-var date String)
(constraint (= (year "2024-05-17") 2024))
(constraint (= (year "2001-12-01") 2001))
(constraint (= (year "2019-02-28") 2019))
(check-synth)
