"""Addresses of the bench."""

from django.urls import path

from . import views

app_name = "redactions"
urlpatterns = [
    path("reports/<uuid:report_id>/marks/", views.bench, name="bench"),
    path("reports/<uuid:report_id>/marks/copy/", views.recipient, name="recipient"),
    path("reports/<uuid:report_id>/marks/do/", views.do, name="do"),
    path("reports/<uuid:report_id>/marks/sign/", views.sign, name="sign"),
    path("reports/<uuid:report_id>/marks/finish/", views.finish, name="finish"),
    path("finder/", views.finder, name="finder"),
]
