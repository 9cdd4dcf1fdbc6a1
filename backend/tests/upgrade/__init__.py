"""Every release's database is upgraded to today's code, with deposits in it, and lives on."""
