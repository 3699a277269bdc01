"""What several rows need: small disks, certificates, a NAT, a PostgreSQL server."""
import os, shutil, socket, subprocess, threading, time

from stage import Skipped, free_ports


def tmpfs(folder, size, options=""):
    """A prefix of a command: it runs in a mount namespace of its own with a small disk in this folder."""
    os.makedirs(folder, exist_ok=True)
    return ("unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size={size}{options} small {folder} && exec "$@"', "sh")


def inside(s, path, pid=None):
    """The path as the launcher's mount namespace has it."""
    return f"/proc/{pid or s.launcher.pid}/root{path}"


def fill(path):
    """Fills the disk of this folder; returns the file that does."""
    name = os.path.join(path, "filler")
    with open(name, "wb", buffering=0) as file:
        try:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass
        except OSError:
            pass
    return name


def certificate(s, name, days):
    """An authority and a certificate for localhost, which ends after so many days; (certificate, key), authority."""
    path = lambda file: os.path.join(s.folder, file)
    run = lambda *command: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=s.folder)
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Staged Authority", "-days", "30")
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={name}")
    with open(path("extensions"), "w") as file:
        file.write(f"subjectAltName=DNS:{name}\n")
    # `openssl ca` takes the end as a time; a certificate that has ended already needs that.
    now = int(time.time())
    stamp = lambda at: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(at))
    with open(path("ca.cnf"), "w") as file:
        file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={path('index')}\nnew_certs_dir={s.folder}\nserial={path('serial')}\n"
                   "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
    open(path("index"), "w").close()
    with open(path("serial"), "w") as file:
        file.write("01\n")
    run("openssl", "ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", "server.csr", "-out", "server.pem",
        "-extfile", "extensions", "-startdate", stamp(now - 40 * 86400), "-enddate", stamp(now + days * 86400), "-notext")
    return (path("server.pem"), path("server.key")), path("ca.pem")


class NAT:
    """Passes connections on, and forgets one without a word when it was idle for so many seconds: then nothing passes."""

    def __init__(self, target, idle):
        self.target, self.idle, self.forgotten = target, idle, 0
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            state = dict(last=time.monotonic(), gone=False)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(source, sink, state), daemon=True).start()

    def pump(self, source, sink, state):
        try:
            while data := source.recv(65536):
                if state["gone"] or time.monotonic() - state["last"] > self.idle:
                    self.forgotten += not state["gone"]
                    state["gone"] = True
                    continue
                state["last"] = time.monotonic()
                sink.sendall(data)
        except OSError:
            pass
        if not state["gone"]:
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


def postgres(s):
    """A PostgreSQL server of this row's; (its port, a function that runs pg_ctl, its data folder)."""
    versions = sorted((entry for entry in os.listdir("/usr/lib/postgresql") if entry.isdigit()), key=int) if os.path.isdir("/usr/lib/postgresql") else []
    if not versions:
        raise Skipped("needs PostgreSQL")
    programs, data, port = f"/usr/lib/postgresql/{versions[-1]}/bin", os.path.join(s.folder, "data"), free_ports(1)
    before = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []
    os.makedirs(data)
    if before:
        shutil.chown(data, "postgres", "postgres")
        # mkdtemp's folder is ours alone.
        for folder in (s.options.folder, s.folder):
            os.chmod(folder, 0o711)
    quiet = dict(check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    subprocess.run(before + [f"{programs}/initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"], **quiet)
    def control(*words):
        subprocess.run(before + [f"{programs}/pg_ctl", "-D", data, "-w", "-l", os.path.join(data, "log"), "-o", f"-p {port} -k {data} -c listen_addresses=127.0.0.1", *words], **quiet)
    control("start")
    s.cleanup.append(lambda: control("-m", "immediate", "stop"))
    return port, control, data


def processes(data):
    """The processes of the PostgreSQL server with this data folder."""
    server = int(open(os.path.join(data, "postmaster.pid")).readline())
    return [server] + [int(child) for child in open(f"/proc/{server}/task/{server}/children").read().split()]
