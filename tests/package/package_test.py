#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""package_test.py BUILD STEP [ARGUMENT]: Gatehouse as a plugin author has it, one step at a time.

`install` puts what BUILD holds into a new folder outside of the source tree and moves it, so that no path of the
installation is right any more. Every other step works in that folder. Where the machine allows it, in a mount namespace
in which the source tree is an empty folder; where it does not, what was built is searched for paths of the tree.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

SOURCE = pathlib.Path(os.environ.get("GATEHOUSE_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
SKIPPED = 77
HIDDEN = "GATEHOUSE_SOURCE_IS_HIDDEN"


class Failed(Exception):
    pass


def expect(holds, sentence):
    if not holds:
        raise Failed(sentence)


class Author:
    """Somebody with an installed Gatehouse, a compiler and a folder of their own."""

    def __init__(self, work: pathlib.Path):
        self.work = work
        self.prefix = work / "moved" / "gatehouse"
        inherited = {name: os.environ[name] for name in ("PATH", "RUSTUP_HOME", "CARGO_HOME", "HOME") if name in os.environ}
        self.environment = {
            **inherited,
            "PATH": f"{self.prefix}/bin:{inherited['PATH']}",
            "LC_ALL": "C",
            # One each: steps may run at the same time.
            "XDG_STATE_HOME": str(work / f"state-{os.getpid()}"),
            # make need not be there.
            "CMAKE_GENERATOR": "Ninja",
            "PKG_CONFIG_PATH": str(self.prefix / "share/pkgconfig"),
        }
        # rustc finds its toolchain by the home of the user; everything of Gatehouse stays in the test's folder.
        if "RUSTUP_HOME" not in inherited and "HOME" in inherited:
            self.environment["RUSTUP_HOME"] = inherited["HOME"] + "/.rustup"
        self.environment["HOME"] = str(work)

    def run(self, command, cwd=None, code=0):
        """What it printed; it fails unless the exit code is the one expected."""
        shell = isinstance(command, str)
        words = ["bash", "-euo", "pipefail", "-c", command] if shell else [str(word) for word in command]
        ran = subprocess.run(words, cwd=cwd or self.work, env=self.environment, text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if ran.returncode != code:
            raise Failed(f"{command}\nended with {ran.returncode} instead of {code}:\n{ran.stdout}")
        return ran.stdout

    def folder(self, name):
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve_and_ask(author, config):
    """A server with this configuration becomes ready, says so, and ends in order when it is told to."""
    ready = pathlib.Path(config).with_suffix(".ready")
    log = open(pathlib.Path(config).with_suffix(".log"), "w+", encoding="utf-8")
    server = subprocess.Popen(
        [str(author.prefix / "bin/gatehouse"), "serve", "--config", str(config), "--listen", "127.0.0.1:0",
         "--management", "127.0.0.1:0", "--ready-file", str(ready)],
        env=author.environment, cwd=author.work, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not ready.exists() and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        log.seek(0)
        expect(ready.exists(), f"the server did not become ready:\n{log.read()}")
        management = re.search(r"127\.0\.0\.1:\d+", ready.read_text().split("management", 1)[1])[0]
        with urllib.request.urlopen(f"http://{management}/readyz", timeout=20) as answer:
            expect(answer.status == 200, f"/readyz answered {answer.status}")
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(timeout=30)
        log.seek(0)
        text = log.read()
        log.close()
    expect(code == 0, f"the server ended with {code}:\n{text}")


def install(author, build):
    first = author.work / "first"
    subprocess.run(["cmake", "--install", str(build), "--prefix", str(first)], check=True, stdout=subprocess.DEVNULL)
    author.prefix.parent.mkdir()
    first.rename(author.prefix)
    files = {str(path.relative_to(author.prefix)) for path in author.prefix.rglob("*") if path.is_file()}
    for wanted in ("bin/gatehouse", "bin/gatehouse-plugin-check", "lib/gatehouse/store-memory.so",
                   "include/gatehouse/plugin.h", "include/gatehouse/sdk/plugin.hpp",
                   "share/cmake/Gatehouse/GatehouseConfig.cmake", "share/cmake/Gatehouse/GatehouseConfigVersion.cmake",
                   "share/pkgconfig/gatehouse-plugin.pc", "share/doc/gatehouse/plugin-api/ABI.md",
                   "share/doc/gatehouse/docs/plugin-check.md", "share/doc/gatehouse/docs/plugin-check-mutants.md",
                   "share/doc/gatehouse/docs/plugin-faults.md", "share/doc/gatehouse/docs/configuration.md"):
        expect(wanted in files, f"{wanted} was not installed")
    for path in author.prefix.rglob("*"):
        if path.is_file() and path.suffix in (".cmake", ".pc", ".h", ".hpp", ".map"):
            text = path.read_text(encoding="utf-8")
            for old in (str(first), str(SOURCE), str(build)):
                expect(old not in text, f"{path.relative_to(author.prefix)} names {old}, which is not there any more")
    check_links(author.prefix / "share/doc/gatehouse")
    author.run(["gatehouse", "check-config", "--dev"])


def check_links(folder):
    """Every link of an installed document leads to an installed one, by the rules of the source tree's own check."""
    sys.path.insert(0, str(SOURCE / "tools"))
    import check_links as rules

    pages = [path.relative_to(folder) for path in folder.rglob("*.md")]
    dead = [complaint for page in pages for complaint in rules.check(folder, page)]
    expect(not dead, "dead links in share/doc/gatehouse:\n" + "\n".join(dead))
    text = (folder / "README.md").read_text(encoding="utf-8")
    expect("](docs/plugin-authors.md)" in text, "the installed README has lost its links")


def check_reach(author, folder):
    """Nothing that was built knows a path of the source tree."""
    for path in folder.rglob("*"):
        if path.is_file() and str(SOURCE).encode() in path.read_bytes():
            raise Failed(f"{path}: names the source tree")


def project(author, which):
    language, kind = which.split("/")
    name = f"acme-{kind}-{language}"
    folder = author.folder(f"project-{language}-{kind}")
    said = author.run(["gatehouse", "plugins", "new", kind, name, "--lang", language], cwd=folder)
    commands = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    expect(len(commands) == 3, f"plugins new does not name three commands:\n{said}")
    log = "\n".join(author.run(command, cwd=folder) for command in commands)
    expect("warning" not in log, f"there are warnings:\n{log}")
    expect("100% tests passed" in log, f"ctest did not say that all passed:\n{log}")
    inspected = author.run(["gatehouse", "plugins", "inspect", folder / name / "build/lib/gatehouse" / (name + ".so")])
    expect("gatehouse_plugin_v1 and nothing else" in inspected, inspected)
    expect("SPDX" not in (folder / name / "CMakeLists.txt").read_text(), "our licence line went with the project")
    serve_and_ask(author, folder / name / "build/dev.toml")
    check_reach(author, folder)


def check_file(author, _):
    """Settings, effort and quirks of a check file reach the check, from ctest too; and its words say where to write them."""
    folder = author.folder("check-file")
    author.run(["gatehouse", "plugins", "new", "mail", "acme-mail", "--lang", "c", "--dir", "."], cwd=folder)
    config = folder / "build/dev.toml"
    cmake = folder / "CMakeLists.txt"
    cmake.write_text(cmake.read_text().replace("/dev.toml)", "/dev.toml CHECK check.toml)"))
    check = folder / "check.toml"
    check.write_text('[[quirk]]\ncase = "mail.sends_once"\nreason = "the backend cannot"\n')
    author.run("cmake -S . -B build && cmake --build build", cwd=folder)
    library = folder / "build/lib/gatehouse/acme-mail.so"
    said = author.run(["ctest", "--test-dir", "build"], cwd=folder)
    expect(re.search(r"acme-mail\.verify \.+\*\*\*Skipped", said), f"a declared quirk does not show in ctest:\n{said}")
    expect(not (folder / "build/state").exists(), "the tests have been in the state folder of the server")

    source = folder / "plugin.c"
    source.write_text(source.read_text().replace('.default_value = "acme-mail"', ".flags = GH_SETTING_REQUIRED"))
    author.run(["cmake", "--build", "build"], cwd=folder)
    said = author.run(["gatehouse", "plugins", "verify", library], code=2)
    expect("the setting folder is required" in said and "give --config FILE, a server's configuration" in said, said)
    said = author.run(["gatehouse-plugin-check", library], code=2)
    expect("write it below [config] in a check file and give that with --config" in said, said)
    said = author.run(["gatehouse-plugin-check", "--config", config, library], code=2)
    expect(f"this is a server's configuration; use gatehouse plugins verify NAME --config {config}" in said, said)
    check.write_text('[config]\nfolder = "mine"\n')
    author.run(["gatehouse", "plugins", "verify", library, "--check", check, "--only", "mail.takes_mail"])


def no_exceptions(author, _):
    """A compiler that is told to do without them says what is wrong before anything else."""
    folder = author.folder("no-exceptions")
    (folder / "plugin.cpp").write_text("#include <gatehouse/sdk/plugin.hpp>\n")
    said = author.run(f"! g++ -std=c++17 -fno-exceptions -fsyntax-only -I{author.prefix}/include plugin.cpp", cwd=folder)
    expect("The Gatehouse SDK needs exceptions" in said, said)


def blocks_of_guide(author):
    text = (author.prefix / "share/doc/gatehouse/docs/plugin-authors.md").read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- tried -->\n```sh\n(.*?)```", text, re.DOTALL)
    expect(len(blocks) >= 4, f"the guide has {len(blocks)} blocks of commands that are tried")
    return blocks


def guide(author, _):
    folder = author.folder("guide")
    script = "".join(blocks_of_guide(author)).replace("/opt/gatehouse", str(author.prefix))
    said = author.run(script, cwd=folder)
    expect("warning" not in said, f"there are warnings:\n{said}")
    serve_and_ask(author, next(folder.glob("*/build/dev.toml")))


def no_entry(author, _):
    folder = author.folder("no-entry")
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(lost LANGUAGES C)\n"
        "find_package(Gatehouse REQUIRED COMPONENTS PluginSDK)\ngatehouse_add_plugin(lost SOURCES lost.c)\n")
    # Without GH_EXPORT hidden visibility wins over the export map, and the symbol is gone without a word.
    (folder / "lost.c").write_text("#include <gatehouse/plugin.h>\nconst gh_plugin gatehouse_plugin_v1 = {.magic = GH_MAGIC};\n")
    author.run(["cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={author.prefix}"], cwd=folder)
    built = subprocess.run(["cmake", "--build", "build"], cwd=folder, env=author.environment, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    expect(built.returncode != 0, "a plugin without its entry symbol was built")
    expect("does not export the data symbol gatehouse_plugin_v1" in built.stdout, built.stdout)
    expect(not (folder / "build/lib/gatehouse/lost.so").exists(), "the refused library is still there")


def component(author, _):
    folder = author.folder("component")
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(wrong LANGUAGES C)\n"
        "find_package(Gatehouse REQUIRED COMPONENTS PluginKit)\n")
    said = author.run(["cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={author.prefix}"], cwd=folder, code=1)
    expect("PluginKit" in said, f"the message does not name the component:\n{said}")


def verify_sample(author, folder, name):
    library = folder / f"{name}.so"
    library.chmod(0o755)
    author.run(["gatehouse", "plugins", "verify", library])
    return author.run(["gatehouse", "plugins", "inspect", library])


def sample(author, name):
    return author.prefix / "share/doc/gatehouse/plugin-api/samples" / name


def c_sample(author, _):
    folder = author.folder("c-sample")
    shutil.copy(sample(author, "mail_null.c"), folder)
    # The command is the one the file itself names.
    command = re.search(r"\* +(cc .*?)\n \*/", (folder / "mail_null.c").read_text(), re.DOTALL)[1]
    said = author.run(re.sub(r"\\\n \*", "", command) + " -Wall -Wextra", cwd=folder)
    expect(said == "", said)
    verify_sample(author, folder, "mail-null")


def rust_sample(author, _):
    if subprocess.run(["bash", "-c", "rustc --version"], env=author.environment, stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: there is no rustc here")
        sys.exit(SKIPPED)
    folder = author.folder("rust-sample")
    shutil.copy(sample(author, "rust_limiter.rs"), folder)
    command = re.search(r"//! +(rustc .*)", (folder / "rust_limiter.rs").read_text())[1]
    said = author.run(command, cwd=folder)
    expect(said == "", said)
    expect("gatehouse_plugin_v1 and nothing else" in verify_sample(author, folder, "rust-limiter"),
           "the Rust sample exports more than its entry")


STEPS = {"guide": guide, "project": project, "no-entry": no_entry, "component": component, "check-file": check_file,
         "no-exceptions": no_exceptions, "c-sample": c_sample, "rust-sample": rust_sample}


def without_source_tree(arguments):
    """This program once more, where the source tree is an empty folder; comes back where that is not allowed."""
    hide = f'mount -t tmpfs none "$1" && shift && exec "$@"'
    unshare = ["unshare", "--mount", "--map-root-user", "bash", "-c", hide, "bash"]
    allowed = shutil.which("unshare") and subprocess.run(
        [*unshare, str(SOURCE), "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    if not allowed:
        print("note: this machine allows no mount namespace; the source tree stays in sight")
        return
    os.environ[HIDDEN] = "1"
    copy = arguments[0] / "package_test.py"
    shutil.copy(__file__, copy)
    os.execvp("unshare", [*unshare, str(SOURCE), sys.executable, "-B", str(copy), *map(str, arguments[1:])])


def main():
    build, step = pathlib.Path(sys.argv[1]), sys.argv[2]
    note = build / "package-test-folder"
    if step == "install":
        work = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-package-"))
        note.write_text(str(work))
        install(Author(work), build)
        return
    work = pathlib.Path(os.environ["GATEHOUSE_PACKAGE_FOLDER"] if HIDDEN in os.environ else note.read_text())
    if step == "clean":
        shutil.rmtree(work)
        note.unlink()
        return
    if HIDDEN not in os.environ:
        os.environ["GATEHOUSE_PACKAGE_FOLDER"] = str(work)
        os.environ["GATEHOUSE_SOURCE"] = str(SOURCE)
        without_source_tree([work, *sys.argv[1:]])
    else:
        expect(not any(SOURCE.iterdir()), f"{SOURCE} is not hidden")
    STEPS[step](Author(work), sys.argv[3] if len(sys.argv) > 3 else None)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        print(failure)
        sys.exit(1)
