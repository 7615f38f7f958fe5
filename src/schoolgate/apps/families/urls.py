"""Addresses of families."""

from django.urls import path

from . import views

app_name = "families"
urlpatterns = [
    path("family/", views.account, name="account"),
    path("family/reports/<uuid:report_id>/", views.report, name="report"),
    path("family/reports/<uuid:report_id>/wrong/", views.wrong, name="wrong"),
    path("family/copies/<uuid:release_id>/", views.copy, name="copy"),
    path("family/requests/<uuid:request_id>/receipt/", views.receipt, name="receipt"),
]
