"""`manage.py doctor`: checks a deployment and says what to fix. Only --push changes anything."""
