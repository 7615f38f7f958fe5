"""Addresses of reports."""

from django.urls import path

from . import views, views_acts, views_filing, views_glass, views_holders

app_name = "incidents"
urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("reports/find/", views.find, name="find"),
    path("reports/allegations/", views_acts.reviews, name="reviews"),
    path("reports/allegations/expire/", views_acts.expire, name="expire"),
    path("reports/allegations/<uuid:review_id>/", views_acts.review, name="review"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("reports/<uuid:report_id>/versions/<int:number>/", views.version, name="version"),
    path("reports/<uuid:report_id>/correct/", views_acts.correct, name="correct"),
    path("reports/<uuid:report_id>/sign-off/", views_acts.sign, name="sign_off"),
    path("reports/<uuid:report_id>/steps/<slug:code>/", views_acts.step_done, name="step_done"),
    path("reports/<uuid:report_id>/order/", views_acts.order, name="order"),
    path("reports/<uuid:report_id>/order/<uuid:order_id>/", views_acts.carry_out, name="carry_out"),
    path("orders/<uuid:order_id>/copies/", views_holders.holders, name="holders"),
    path("reports/<uuid:report_id>/open/", views_acts.open_once, name="open_once"),
    path("emergency/", views_glass.emergency, name="emergency"),
    path("emergency/open/", views_glass.break_one, name="break-glass"),
    path("emergency/end/", views_glass.end_emergency, name="end-emergency"),
    path("emergency/reports/<uuid:report_id>/", views_glass.emergency_report, name="emergency-report"),
    path("file/", views_filing.file, name="file"),
    path("file/<uuid:draft_id>/when/", views_filing.when, name="when"),
    path("file/<uuid:draft_id>/who/", views_filing.who, name="who"),
    path("file/<uuid:draft_id>/what/", views_filing.what, name="what"),
    path("file/<uuid:draft_id>/check/", views_filing.check, name="check"),
    path("file/<uuid:draft_id>/save/<slug:step>/", views_filing.save, name="save"),
]
