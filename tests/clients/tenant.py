"""A simulated tenant of its own for each test, behind HTTP or TLS, and the built binary run against it."""

import json
import logging
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import urllib.request

# Libraries tell of refusals that tests provoke; what matters reaches the test as an exception.
logging.getLogger("azure").addHandler(logging.NullHandler())
logging.getLogger("msal").addHandler(logging.NullHandler())
logging.getLogger("asyncio").setLevel(logging.ERROR)

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ANTEROOM") or str(REPOSITORY / "target/debug/anteroom")
#: Long enough for a slow machine, short enough to fail in time.
TIMEOUT = 60


class Tenant:
    """`anteroom simulate` in a folder of its own."""

    def __init__(self, seed=None, tls=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="anteroom-clients-"))
        arguments = [BINARY, "simulate", "--listen", "127.0.0.1:0"]
        if tls:
            arguments.append("--tls")
        if seed:
            path = self.folder / "seed.yaml"
            path.write_text(seed)
            arguments.append(str(path))
        self.errors = open(self.folder / "stderr", "w+")
        self.process = subprocess.Popen(
            arguments, cwd=self.folder, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        lines = [self.process.stdout.readline().strip() for _ in range(5 if tls else 4)]
        if not all(lines):
            self.errors.seek(0)
            raise RuntimeError(f"the simulated tenant did not start: {self.errors.read()}")
        self.endpoint = lines[0]
        names = dict(line.split("=", 1) for line in lines[1:])
        self.tenant_id = names["AZURE_TENANT_ID"]
        self.client_id = names["AZURE_CLIENT_ID"]
        self.secret = names["AZURE_CLIENT_SECRET"]
        #: The authority that signed the certificate of a tenant behind TLS.
        self.certificates = names.get("SSL_CERT_FILE")

    def run(self, *arguments, endpoint=None, status=0):
        """Runs the binary against the tenant; returns what it wrote on standard output."""
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "AZURE_TENANT_ID": self.tenant_id,
            "AZURE_CLIENT_ID": self.client_id,
            "AZURE_CLIENT_SECRET": self.secret,
        }
        done = subprocess.run(
            [BINARY, *arguments, "--endpoint", endpoint or self.endpoint],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        if done.returncode != status:
            raise AssertionError(f"{arguments}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def copy(self, relative):
        """Copies a folder of the repository, under the same relative path."""
        shutil.copytree(
            REPOSITORY / relative,
            self.folder / relative,
            ignore=shutil.ignore_patterns(".anteroom", "secrets"),
        )

    def invoke(self, cmdlet, **parameters):
        """Runs a cmdlet as an administrator would, by hand; returns its rows."""
        return self.control("invoke", {"cmdlet": cmdlet, "parameters": parameters})["value"]

    def control(self, what, body=None):
        """What the simulator tells of itself."""
        request = urllib.request.Request(
            f"{self.endpoint}/_simulator/{what}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=self.trust()) as answer:
            return json.load(answer)

    def trust(self):
        """Whom to trust: nobody but the simulator's own authority."""
        if self.certificates is None:
            return None
        return ssl.create_default_context(cafile=self.certificates)

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=TIMEOUT)
        self.process.stdout.close()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
