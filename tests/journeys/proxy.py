"""nginx with a certificate of its own in front of the web server, as an installation has it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

SYSTEM_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
CONFIGURATION = """\
{user}
pid nginx.pid;
error_log error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  client_max_body_size 150m;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
    }}
  }}
}}
"""


class Proxy:
    """Takes HTTPS on `port` and passes it on to `behind`, both on 127.0.0.1."""

    def __init__(self, folder: Path, port: int, behind: int) -> None:
        folder.mkdir()
        _certify(folder)
        # the master drops to nobody when root starts it, and the folder is ours alone
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(CONFIGURATION.format(port=port, behind=behind, user=user))
        nginx = shutil.which("nginx", path=SYSTEM_PATH)
        assert nginx, "nginx is missing: apt-get install nginx"
        self._process = subprocess.Popen(
            [nginx, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;"],
            stdin=subprocess.DEVNULL,
        )
        self.error_log = folder / "error.log"

    def close(self) -> None:
        """End it, with its workers."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(15)


def _certify(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", "key.pem", "-out", "certificate.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
