"""What this program knows of terminals: the one it runs in, its keys, its clipboard, its end.

`environment` and `clipboard` know no Textual; `driver` and `lifetime` do, and are imported only by the app.
"""
