"""Addresses of reports."""

from django.urls import path

from . import views

app_name = "incidents"
urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("file/", views.file, name="file"),
    path("file/<uuid:draft_id>/when/", views.when, name="when"),
    path("file/<uuid:draft_id>/who/", views.who, name="who"),
    path("file/<uuid:draft_id>/what/", views.what, name="what"),
    path("file/<uuid:draft_id>/check/", views.check, name="check"),
]
