"""Addresses of the public pages and the public log."""

from django.urls import path

from . import views

app_name = "transparency"
urlpatterns = [
    path("public/", views.figures, name="figures"),
    path("acts/", views.acts, name="acts"),
    path("log/", views.log, name="log"),
    path("log/key", views.key, name="key"),
    path("log/<path:name>", views.log_file, name="log_file"),
]
