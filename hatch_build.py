"""Compiles the inner loops when the package is built; without a C compiler Python code does their work."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "src/workup/reasoners/phenotype"
SOURCES = (f"{FOLDER}/kernels.pyx", f"{FOLDER}/making.pyx", "src/workup/text/kernels.pyx")
LOOPS = f"{FOLDER}/loops.h"


class CompileKernels(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the compiled module beside its source, and into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the files are collected.

        Args:
            version: ``editable`` or ``standard``.
            build_data: What the builder reads: the wheel's tag and its extra files.
        """
        if self.target_name != "wheel":
            return
        try:
            built = compile_kernels(Path(self.root))
        except BaseException as error:  # a compiler that is missing or broken must not stop the installation
            if isinstance(error, KeyboardInterrupt):
                raise
            print(f"workup: the compiled kernels were not built ({error}); Python does their work", file=sys.stderr)
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"] += [str(path.relative_to(self.root)) for path in built]


def compile_kernels(root: Path) -> list[Path]:
    """Translate and compile the kernels of a source tree; returns the compiled files, beside their sources."""
    sources = [root / name for name in SOURCES]
    targets = [source.with_name(source.stem + sysconfig.get_config_var("EXT_SUFFIX")) for source in sources]
    newest = max(path.stat().st_mtime for path in (*sources, root / LOOPS, Path(__file__)))
    if all(target.is_file() and target.stat().st_mtime > newest for target in targets):
        return targets
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension

    work = root / "build" / "kernels"
    # No contraction of a product and a sum: the results must not depend on the processor.
    flags = ["/O2"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-g0"]
    extensions = [
        Extension(
            name.removeprefix("src/").removesuffix(".pyx").replace("/", "."),
            [str(root / name)],
            include_dirs=[str(root / FOLDER)],
            extra_compile_args=flags,
        )
        for name in SOURCES
    ]
    modules = cythonize(extensions, build_dir=str(work), quiet=True)
    command = Distribution({"name": "workup", "ext_modules": modules}).get_command_obj("build_ext")
    command.build_temp, command.build_lib = str(work / "objects"), str(work / "library")
    command.ensure_finalized()
    command.run()
    for extension, target in zip(extensions, targets, strict=True):
        built = Path(command.get_ext_fullpath(extension.name))
        # A new file in place of the old one: a process may have that one open.
        target.unlink(missing_ok=True)
        built.replace(target)
    return targets


if __name__ == "__main__":
    print(*compile_kernels(Path(__file__).resolve().parent), sep="\n")
