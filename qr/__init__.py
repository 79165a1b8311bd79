"""Door codes on paper: the symbol, the poster, the sheet, and reading them back.

Standalone: no web framework, no database, nothing of the application. Start at `qr.sheet.print_sheets` and
`qr.proof.read_codes`; `python -m qr --help` prints posters from a file of doorways.
"""
