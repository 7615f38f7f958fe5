"""Addresses of the office's pages about families, of a student's own page, and of the choice of a role."""

from django.urls import path

from . import views
from .unusual import views as unusual

app_name = "people"
urlpatterns = [
    path("role/", views.role, name="role"),
    path("families/", views.find, name="find"),
    path("families/students/<uuid:student_id>/", views.student, name="student"),
    path("families/students/<uuid:student_id>/relation/", views.begin, name="begin"),
    path("families/students/<uuid:student_id>/limit/", views.limit, name="limit"),
    path("families/students/<uuid:student_id>/permission/", views.permit, name="permit"),
    path("families/students/<uuid:student_id>/college/", views.college, name="college"),
    path("families/relations/<uuid:relation_id>/end/", views.end, name="end"),
    path("families/limits/<uuid:limit_id>/told/", views.told, name="told"),
    path("families/limits/<uuid:limit_id>/end/", views.lift, name="lift"),
    path("families/permissions/<uuid:permission_id>/end/", views.take_back, name="take-back"),
    path("readings/", unusual.unusual, name="unusual"),
    path("readings/notices/<uuid:notice_id>/", unusual.looked, name="looked"),
    path("readings/people/<uuid:person_id>/more/", unusual.more, name="more"),
    path("my-record/who/", views.mine, name="mine"),
    path("my-record/who/agree/", views.agree, name="agree"),
    path("my-record/who/<uuid:permission_id>/take-back/", views.withdraw, name="withdraw"),
]
