"""The operator console: Django's admin with own pages before it (decision 0058).

Templates are in operations/templates/admin and /console, style and script in
operations/static/console. Nothing here moves money.
"""
