"""Drawings: what the languages of coloured, stacked shapes share.

`layout` places the parts, `shapes` covers pixels, `canvas` paints, `target` compares, `features`
annotates, `files` reads images and writes SVG. The languages are `synth.domains.tinysvg` and
`synth.domains.rainbow`.
"""
