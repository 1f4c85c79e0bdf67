"""Upload of a big file through the real server: MB a second, and by how much the server's memory grows.

    python -m tests.benchmarks.bench_upload [MEGABYTES]

A client speaks the browser's protocol to a freshly started app: pieces of 4 MB, each with its place and CRC-32. Halfway
the server is killed and started again, and the upload goes on. Target: 2,000 MB grow the server by less than 50 MB.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zlib
from pathlib import Path
from typing import Any

from core.storage.tickets import BEGIN, issue
from core.storage.uploads import PIECE_BYTES, uploaded_file
from core.storage.workspace import ROOT, Workspace

LINE = b"u%07d,item-%05d,view,2026-03-02T09:14:05Z,%d.5\n"
TARGET_MB = 50


def made_file(path: Path, megabytes: int) -> Path:
    """A log in CSV that is at least so big."""
    with path.open("wb") as file:
        file.write(b"user_id,item_id,event_type,timestamp,value\n")
        block = 0
        while file.tell() < megabytes * 2**20:
            file.write(b"".join(LINE % (block * 1000 + place, place, place) for place in range(1000)) * 20)
            block += 1
    return path


class App:
    """The app in a process of its own, and how much memory it has had at most."""

    def __init__(self, workspace: Workspace, port: int) -> None:
        environment = {**os.environ, "WHYPATH_WORKSPACE": str(workspace.root)}
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                    break
            except OSError:
                time.sleep(0.3)
        time.sleep(5)  # what it does at its start is done
        self.before = self.peak = self.megabytes()
        threading.Thread(target=self._watch, daemon=True).start()

    def megabytes(self) -> float:
        """Resident memory now."""
        try:
            text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
            return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
        except (OSError, StopIteration):
            return 0.0

    def _watch(self) -> None:
        while self.process.poll() is None:
            self.peak = max(self.peak, self.megabytes())
            time.sleep(0.1)

    def cpu_seconds(self) -> float:
        """Processor seconds so far, which a busy machine disturbs less than the clock."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def says(self) -> str:
        return f"server {self.before:,.0f} MB before, {self.peak:,.0f} MB at most: +{self.peak - self.before:.1f} MB"


class Client:
    """What the browser does."""

    def __init__(self, workspace: Workspace, port: int, path: Path) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port)
        self.path, self.size = path, path.stat().st_size
        ticket = issue(workspace, BEGIN, now=time.time(), lasts_seconds=3600)
        asked = {"name": path.name, "bytes": self.size, "fingerprint": "benchmark"}
        self.place = self._ask("POST", "", ticket, json.dumps(asked).encode())
        self.upload_id, self.ticket = self.place["upload_id"], self.place["ticket"]

    def send(self, until: int) -> None:
        """Send pieces until so many bytes are there."""
        crc32, sent = self.place["crc32"], self.place["received"]
        with self.path.open("rb") as file:
            file.seek(sent)
            while sent < min(until, self.size):
                piece = file.read(PIECE_BYTES)
                crc32 = zlib.crc32(piece, crc32)
                headers = {"x-whypath-offset": str(sent), "x-whypath-crc32": str(crc32)}
                self.place = self._ask("PUT", f"/{self.upload_id}", self.ticket, piece, headers)
                sent = self.place["received"]

    def _ask(self, method: str, path: str, ticket: str, body: bytes, headers: dict[str, str] | None = None) -> Any:
        self.line.request(method, f"/api/uploads{path}", body, {"x-whypath-ticket": ticket, **(headers or {})})
        response = self.line.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        return answer


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        workspace = Workspace(Path(folder) / "workspace")
        workspace.prepare()
        path = made_file(Path(folder) / "big.csv", megabytes)
        app, started = App(workspace, port), time.perf_counter()
        Client(workspace, port, path).send(path.stat().st_size // 2)
        seconds = time.perf_counter() - started
        app.kill()
        print(f"first half, then kill -9: {app.says()}")
        app = App(workspace, port)
        cpu_seconds = app.cpu_seconds()
        started, client = time.perf_counter(), Client(workspace, port, path)
        first = client.place["received"]
        print(f"went on at {client.place['received'] / 2**20:,.0f} of {client.size / 2**20:,.0f} MB")
        client.send(client.size)
        seconds += time.perf_counter() - started
        cpu_seconds = app.cpu_seconds() - cpu_seconds
        app.kill()
        print(f"second half, checked and named: {app.says()} (target: less than +{TARGET_MB} MB)")
        per_cpu_second = (client.size - first) / 2**20 / cpu_seconds
        print(
            f"{client.size / 2**20 / seconds:,.0f} MB a second; {per_cpu_second:,.0f} MB per CPU second of the server"
        )
        with uploaded_file(workspace, client.upload_id)[0].open("rb") as here, path.open("rb") as there:
            assert all(here.read(2**20) == there.read(2**20) for _ in range(client.size // 2**20 + 1))
        print("the file on the server is the file that was sent")


if __name__ == "__main__":
    main()
