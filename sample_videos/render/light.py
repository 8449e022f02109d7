"""Sun, sky, street lamps and headlights."""

from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from sample_videos.render.cast import Body

Array = NDArray[np.float64]

LAMP_WATT = 900.0
HEADLIGHT_WATT = 350.0


def add_daylight(light: dict[str, Any]) -> None:
    """The sun as a lamp with a soft edge, and a sky that is brighter near the horizon."""
    strength, sky = float(light.get("sun", 3.0)), float(light.get("sky", 1.0))
    if strength > 0:
        sun = bpy.data.lights.new("sun", "SUN")
        sun.energy = strength
        sun.angle = np.deg2rad(1.0 + 12 * float(light.get("cloud", 0.2)))
        low = float(light["sun_deg"]) / 60
        sun.color = (1.0, min(1.0, 0.72 + 0.25 * low), min(1.0, 0.5 + 0.45 * low))
        _aim(_link("sun", sun), sun_direction(light))
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    tree = world.node_tree
    where = tree.nodes.new("ShaderNodeTexCoord")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    tree.links.new(where.outputs["Generated"], split.inputs[0])
    tree.links.new(split.outputs["Z"], ramp.inputs[0])
    horizon, zenith = SKIES[str(light.get("colour", "blue"))]
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.0, 0.7
    ramp.color_ramp.elements[0].color = (*horizon, 1)
    ramp.color_ramp.elements[1].color = (*zenith, 1)
    background = tree.nodes["Background"]
    background.inputs["Strength"].default_value = sky
    clouds = tree.nodes.new("ShaderNodeTexNoise")
    clouds.inputs["Scale"].default_value = 3.5
    clouds.inputs["Detail"].default_value = 4.0
    tree.links.new(where.outputs["Generated"], clouds.inputs["Vector"])
    cover = tree.nodes.new("ShaderNodeMapRange")
    amount = float(light.get("cloud", 0.2))
    cover.inputs["From Min"].default_value = 0.62 - 0.3 * amount
    cover.inputs["From Max"].default_value = 0.8 - 0.25 * amount
    tree.links.new(clouds.outputs[0], cover.inputs["Value"])
    mix = tree.nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    tree.links.new(cover.outputs[0], mix.inputs["Factor"])
    tree.links.new(ramp.outputs[0], mix.inputs[6])
    mix.inputs[7].default_value = (*(float(c) for c in np.array(horizon) * 1.05), 1)
    tree.links.new(mix.outputs[2], background.inputs["Color"])


SKIES = {
    "blue": ((0.75, 0.84, 0.95), (0.16, 0.33, 0.68)),
    "grey": ((0.78, 0.8, 0.83), (0.6, 0.63, 0.68)),
    "dusk": ((0.85, 0.5, 0.32), (0.12, 0.16, 0.34)),
    "night": ((0.1, 0.1, 0.16), (0.02, 0.03, 0.07)),
}


def sun_direction(light: dict[str, Any]) -> Array:
    """The unit vector along which sunlight falls."""
    height, side = np.deg2rad(
        [float(light.get("sun_deg", 45)), float(light.get("sun_from_deg", 220))]
    )
    return -np.array([np.cos(height) * np.cos(side), np.cos(height) * np.sin(side), np.sin(height)])


def add_lamps(places: list[Array], share: float) -> None:
    """A lamp that shines down at each (x, y, z)."""
    for n, at in enumerate(places):
        lamp = bpy.data.lights.new("lamp", "SPOT")
        lamp.energy = LAMP_WATT * share
        lamp.spot_size, lamp.spot_blend = np.deg2rad(150), 0.5
        lamp.shadow_soft_size = 0.2
        lamp.color = (1.0, 0.76, 0.45) if n % 3 else (1.0, 0.84, 0.62)
        solid = _link("lamp", lamp)
        solid.location = Vector(at.tolist()) - Vector((0, 0, 0.08))


def add_headlights(body: Body, half_length_m: float, share: float) -> None:
    """Two beams on a vehicle's nose that ride along with it."""
    for side in (-0.6, 0.6):
        lamp = bpy.data.lights.new("headlight", "SPOT")
        lamp.energy = HEADLIGHT_WATT * share
        lamp.spot_size, lamp.spot_blend = np.deg2rad(46), 0.7
        lamp.shadow_soft_size = 0.06
        solid = _link("headlight", lamp)
        solid.parent = body.solid
        solid.location = (half_length_m + 0.1, side, 0.65)
        way = Vector((1.0, 0.0, -0.07))
        solid.rotation_euler = way.to_track_quat("-Z", "Y").to_euler()
        body.lights.append(solid)


def add_cab_light(share: float) -> bpy.types.Object:
    """The tram's own headlight; it is moved with the camera."""
    lamp = bpy.data.lights.new("cab-light", "SPOT")
    lamp.energy = HEADLIGHT_WATT * 5 * share
    lamp.spot_size, lamp.spot_blend = np.deg2rad(50), 0.8
    lamp.shadow_soft_size = 0.15
    return _link("cab-light", lamp)


def _link(name: str, data: bpy.types.Light) -> bpy.types.Object:
    solid = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(solid)
    return solid


def _aim(solid: bpy.types.Object, direction: Array) -> None:
    solid.rotation_euler = Vector(direction.tolist()).to_track_quat("-Z", "Y").to_euler()
