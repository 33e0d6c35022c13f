"""Languages read by tree-sitter: their grammars are induced from a corpus, their text is kept byte by byte.

`language` holds what is said about a language in `grammars/NAME.json`; `source` reads a file into
nodes; `induce` counts the productions of a corpus into `grammars/NAME.productions.json`;
`reader` turns nodes into trees of that grammar; `writer` turns trees back into text,
`rewriter` in the layout of an original. Nothing
here knows a language by name.
"""
