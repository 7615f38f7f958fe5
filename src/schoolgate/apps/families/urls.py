"""Addresses of families."""

from django.urls import path

from . import views, views_disclosures

app_name = "families"
urlpatterns = [
    path("family/", views.account, name="account"),
    path("family/reports/<uuid:report_id>/", views.report, name="report"),
    path("family/reports/<uuid:report_id>/wrong/", views.wrong, name="wrong"),
    path("family/copies/<uuid:release_id>/", views.copy, name="copy"),
    path("family/requests/<uuid:request_id>/receipt/", views.receipt, name="receipt"),
    path("family/disclosures/", views_disclosures.own, name="own-disclosures"),
    path("disclosures/", views_disclosures.whose, name="whose-disclosures"),
    path("disclosures/<uuid:student_id>/", views_disclosures.disclosures, name="disclosures"),
    path("disclosures/<uuid:student_id>/file.<str:form>", views_disclosures.disclosures_file, name="disclosures-file"),
]
