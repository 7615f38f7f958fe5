"""Addresses of releases."""

from django.urls import path

from . import views, views_delivery

app_name = "releases"
urlpatterns = [
    path("requests/<uuid:request_id>/release/", views.make, name="make"),
    path("requests/<uuid:request_id>/release/earlier/", views.differs, name="differs"),
    path("requests/<uuid:request_id>/receipt/", views.request_receipt, name="request-receipt"),
    path("copies/ways/<uuid:alert_id>/", views.alert, name="alert"),
    path("copies/<uuid:release_id>/", views.release, name="release"),
    path("copies/<uuid:release_id>/copy.pdf", views.copy, name="copy"),
    path("copies/<uuid:release_id>/received/", views.received, name="received"),
    path("copies/<uuid:release_id>/receipt/", views.receipt, name="receipt"),
    path("copies/<uuid:release_id>/link/", views_delivery.offer, name="offer"),
    path("copies/<uuid:release_id>/withdraw/", views_delivery.withdraw, name="withdraw"),
    path("copies/address/<slug:slug>/", views_delivery.address, name="address"),
    path("copies/address/<slug:slug>/settle/", views_delivery.settle, name="settle-address"),
    path("receive/<str:token>/", views_delivery.receive, name="receive"),
    path("receive/<str:token>/code/", views_delivery.send_code, name="receive-code"),
    path("receive/<str:token>/copy.pdf", views_delivery.fetched, name="receive-copy"),
    path("receive/<str:token>/received/", views_delivery.received, name="receive-received"),
    path("receive/<str:token>/receipt/", views_delivery.receipt, name="receive-receipt"),
]
