"""Run clang-tidy over the library and the bindings, and remember what was clean.

``tidy.py BUILD`` takes the compile commands of a build directory. A file is looked at again when
it, any header of ours, the configuration or clang-tidy itself has changed.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLANG_TIDY = Path(sys.executable).parent / "clang-tidy"
# Flags that only GCC knows stand in compile commands made for it.
TOLERANT = [
    "--extra-arg=-Wno-unknown-warning-option",
    "--extra-arg=-Wno-ignored-optimization-argument",
]


def common_state() -> bytes:
    """Digest of all that every file's result depends on."""
    digest = hashlib.sha256()
    digest.update(subprocess.run([CLANG_TIDY, "--version"], capture_output=True, check=True).stdout)
    headers = [*ROOT.glob("include/**/*.hpp"), *ROOT.glob("src/**/*.hpp")]
    for path in [ROOT / ".clang-tidy", *sorted(headers)]:
        digest.update(path.read_bytes())
    return digest.digest()


def sources(build: Path) -> list[Path]:
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    files = {Path(command["file"]) for command in commands}
    return sorted(file for file in files if file.is_relative_to(ROOT / "src") and file.exists())


def check(file: Path, build: Path, stamps: Path, state: bytes) -> str:
    """Return what clang-tidy found in a file, or nothing."""
    stamp = stamps / hashlib.sha256(state + file.read_bytes() + bytes(file)).hexdigest()
    if stamp.exists():
        return ""
    done = subprocess.run(
        [CLANG_TIDY, "--quiet", *TOLERANT, "-p", build, file], capture_output=True, text=True
    )
    if done.returncode == 0:
        stamp.touch()
        return ""
    return done.stdout or done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()

    stamps = ROOT / "build" / "tidy"
    stamps.mkdir(parents=True, exist_ok=True)
    state = common_state()
    files = sources(options.build)
    if not files:
        sys.exit(f"tidy.py: {options.build} compiles nothing under src/")
    with ThreadPoolExecutor(options.jobs) as pool:
        findings = list(pool.map(lambda file: check(file, options.build, stamps, state), files))
    for finding in filter(None, findings):
        print(finding)
    return 1 if any(findings) else 0


if __name__ == "__main__":
    sys.exit(main())
