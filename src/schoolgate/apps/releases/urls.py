"""Addresses of releases."""

from django.urls import path

from . import views

app_name = "releases"
urlpatterns = [
    path("requests/<uuid:request_id>/release/", views.make, name="make"),
    path("copies/ways/<uuid:alert_id>/", views.alert, name="alert"),
    path("copies/<uuid:release_id>/", views.release, name="release"),
    path("copies/<uuid:release_id>/copy.pdf", views.copy, name="copy"),
    path("copies/<uuid:release_id>/received/", views.received, name="received"),
]
