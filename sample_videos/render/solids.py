"""Shapes handed over to Blender."""

from collections.abc import Callable

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from sample_videos.render.shape import Shape

Array = NDArray[np.float64]
Wardrobe = Callable[[str], bpy.types.Material]


def add_solid(shape: Shape, name: str, wardrobe: Wardrobe) -> bpy.types.Object:
    """A new object in the scene with the shape's mesh; the wardrobe names its surfaces."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(shape.points().tolist(), [], shape.faces)
    names = sorted(set(shape.paints))
    for paint in names:
        mesh.materials.append(wardrobe(paint))
    slot = {paint: i for i, paint in enumerate(names)}
    mesh.polygons.foreach_set("material_index", [slot[p] for p in shape.paints])
    mesh.polygons.foreach_set("use_smooth", shape.is_smooth)
    mesh.update()
    return add_instance(mesh, name)


def add_instance(mesh: bpy.types.Mesh, name: str) -> bpy.types.Object:
    """A new object that shares an existing mesh."""
    solid = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(solid)
    return solid


def reshape(solid: bpy.types.Object, points: Array) -> None:
    """Move the corners of an object's mesh to (N, 3)."""
    solid.data.vertices.foreach_set("co", np.ascontiguousarray(points, np.float32).ravel())
    solid.data.update()


def move(solid: bpy.types.Object, matrix: Array) -> None:
    """Put an object where a (4, 4) matrix says."""
    solid.matrix_world = Matrix(matrix.tolist())
