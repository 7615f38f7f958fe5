"""Addresses of lists."""

from django.urls import path

from . import views

app_name = "exports"
urlpatterns = [
    path("lists/", views.lists, name="lists"),
    path("lists/propose/", views.propose, name="propose"),
    path("lists/<uuid:export_id>/", views.one, name="one"),
    path("lists/<uuid:export_id>/settle/", views.settle, name="settle"),
    path("lists/<uuid:export_id>/files/<str:name>", views.file, name="file"),
]
