"""The console's charts: six figures about deposits and held money, each as SVG, table and CSV.

`facts` reads the sums, `prompts` and `money` draw them on a `canvas`, `pages` are the views.
Nothing here writes.
"""
