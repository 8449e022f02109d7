"""Which networks there are, and where each one's file lies."""

import hashlib
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import platformdirs

from models.errors import DamagedModel, UnknownModel
from models.spec import ModelSpec, Task

PACKAGE_DIR = Path(__file__).resolve().parent
EMBEDDED_DIR = PACKAGE_DIR / "weights"
MASK_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A network's entry and the file it stands for on this machine."""

    spec: ModelSpec
    path: Path


def cache_dir() -> Path:
    """Where pulled networks are kept."""
    return Path(platformdirs.user_cache_dir("wayside")) / "models"


def model_folders() -> tuple[Path, ...]:
    """Where files are looked for: embedded, then WAYSIDE_MODELS (as in PATH), then the cache."""
    named = os.environ.get("WAYSIDE_MODELS", "").split(os.pathsep)
    return (EMBEDDED_DIR, *(Path(folder) for folder in named if folder), cache_dir())


def file_sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(spec: ModelSpec, path: Path) -> None:
    """Raise DamagedModel unless the file is the very one that the manifest names."""
    got = file_sha256(path)
    if spec.sha256 is not None and got != spec.sha256:
        raise DamagedModel(
            f"{spec.name}: {path.name} is damaged or another file: "
            f"sha256 is {got[:12]}…, wanted {spec.sha256[:12]}…"
        )


class Catalogue:
    """The manifest's networks and the folders their files are looked for in."""

    def __init__(
        self,
        specs: Sequence[ModelSpec],
        defaults: Mapping[Task, str],
        folders: Sequence[Path],
    ) -> None:
        self.specs = tuple(specs)
        self.defaults = dict(defaults)
        self.folders = tuple(folders)

    @classmethod
    def load(cls, folders: Sequence[Path] | None = None) -> Self:
        """The shipped manifest; folders from the environment unless given."""
        manifest = tomllib.loads((PACKAGE_DIR / "manifest.toml").read_text(encoding="utf-8"))
        specs = [_spec_from_toml(entry) for entry in manifest["model"]]
        defaults = {Task(task): name for task, name in manifest["defaults"].items()}
        return cls(specs, defaults, model_folders() if folders is None else folders)

    def spec(self, name: str) -> ModelSpec:
        """The entry of that name; raises UnknownModel with the names there are."""
        for spec in self.specs:
            if spec.name == name:
                return spec
        known = ", ".join(spec.name for spec in self.specs)
        raise UnknownModel(f"no model is called {name!r}; known: {known}; or give a path to .onnx")

    def locate(self, spec: ModelSpec) -> Path | None:
        """The entry's file in the first folder, or folder in it, that has it; else None."""
        for folder in self.folders:
            for path in (folder / spec.file, *sorted(folder.glob(f"*/{spec.file}"))):
                if path.is_file():
                    return path
        return None

    def find(self, name_or_path: str | None, task: Task = Task.OBSTACLES) -> ModelFile:
        """A checked file by manifest name or by path; None: the default for the task.

        Raises UnknownModel where there is none and DamagedModel where it is another file.
        """
        if name_or_path is None:
            name_or_path = self._default_name(task)
        elif name_or_path.endswith(".onnx") or os.sep in name_or_path:
            return self._find_path(Path(name_or_path), task)
        spec = self.spec(name_or_path)
        path = self.locate(spec)
        if path is None:
            how = (
                f"wayside models pull {spec.name}"
                if spec.url
                else f"put {spec.file} in a folder named by WAYSIDE_MODELS (see {spec.origin})"
            )
            raise UnknownModel(f"{spec.name}: {spec.file} is not on this machine; {how}")
        check_sha256(spec, path)
        return ModelFile(spec, path)

    def _default_name(self, task: Task) -> str:
        if task not in self.defaults:
            raise UnknownModel(f"no model is embedded for {task} yet; name one")
        return self.defaults[task]

    def _find_path(self, path: Path, task: Task) -> ModelFile:
        if not path.is_file():
            raise UnknownModel(f"no model file at {path}")
        sha256 = file_sha256(path)
        for spec in self.specs:  # a known file under another name is still known
            if spec.sha256 == sha256:
                return ModelFile(spec, path)
        spec = ModelSpec(name=path.stem, file=path.name, task=task)
        if task is Task.TRACK:  # a mask ends where track and no track are as likely
            spec = replace(spec, confidence=MASK_CONFIDENCE)
        return ModelFile(spec, path)


def _spec_from_toml(entry: dict[str, Any]) -> ModelSpec:
    fields = dict(entry)
    fields["task"] = Task(fields["task"])
    for name in ("input_size", "class_names", "second_looks"):
        if name in fields:
            fields[name] = tuple(fields[name])
    if "one_object" in fields:
        fields["one_object"] = tuple(tuple(names) for names in fields["one_object"])
    return ModelSpec(**fields)
