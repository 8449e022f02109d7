"""From a scene file to a clip with its truth and its site file."""

from pathlib import Path

from sample_videos.render.film import Film, encode
from sample_videos.render.scene import Scene, load_scene, scene_names
from sample_videos.render.site_file import has_changing_speed, write_site, write_speeds
from sample_videos.render.truth import write_truth

CLIPS = Path(__file__).parent.parent


def finish_clip(scene: Scene, folder: Path = CLIPS) -> None:
    """Develop and write everything of a clip whose raw pictures are all kept."""
    encode(Film(scene), folder / f"{scene.name}.mp4", int(scene.raw.get("film", {}).get("crf", 23)))
    write_records(scene, folder)


def write_records(scene: Scene, folder: Path = CLIPS) -> None:
    """Write a clip's truth, site file and speeds."""
    write_truth(scene, folder / f"{scene.name}.truth.json")
    write_site([scene], scene.name, scene.raw["title"], folder / f"{scene.name}.site.yaml")
    if has_changing_speed(scene):
        write_speeds(scene, folder / f"{scene.name}.speed.csv")
    together = scene.raw.get("views")
    if together:
        views = [load_scene(n) for n in scene_names()]
        views = [v for v in views if v.raw.get("views") == together]
        write_site(views, together, scene.raw["title"], folder / f"{together}.site.yaml")
