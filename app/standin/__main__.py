"""`python -m app.standin`: the same command as `flask hotline serve`, without the application around it."""

from app.standin.command import serve_command

serve_command(prog_name="python -m app.standin")
