"""Addresses of the office's pages about families, of a student's own page, and of the choice of a role."""

from django.urls import path

from . import views, views_notices, views_opening, views_power, views_roles
from .glass import views as glass
from .unusual import views as unusual

app_name = "people"
urlpatterns = [
    path("role/", views.role, name="role"),
    path("roles/", views_roles.roles, name="roles"),
    path("roles/waiting/", views_roles.waiting, name="roles-waiting"),
    path("roles/<uuid:membership_id>/settle/", views_roles.settle, name="settle-role"),
    path("roles/sign-in/", views_opening.open_sign_in, name="open-sign-in"),
    path("roles/people/<uuid:user_id>/", views_roles.person, name="roles-of"),
    path("roles/people/<uuid:user_id>/give/", views_roles.give, name="give-role"),
    path("roles/<uuid:membership_id>/end/", views_roles.end, name="end-role"),
    path("power/", views_power.power, name="power"),
    path("power/on/", views_power.on, name="power-on"),
    path("power/<uuid:power_id>/off/", views_power.off, name="power-off"),
    path("notices/", views_notices.notices, name="notices"),
    path("emergency/openings/", glass.glasses, name="glasses"),
    path("emergency/openings/<uuid:glass_id>/", glass.glass, name="glass"),
    path("emergency/openings/<uuid:glass_id>/review/", glass.review, name="glass-review"),
    path("emergency/openings/<uuid:glass_id>/hold/", glass.hold, name="glass-hold"),
    path("emergency/openings/<uuid:glass_id>/end/", glass.end, name="glass-end"),
    path("families/", views.find, name="find"),
    path("families/students/<uuid:student_id>/", views.student, name="student"),
    path("families/students/<uuid:student_id>/relation/", views.begin, name="begin"),
    path("families/students/<uuid:student_id>/person/", views_opening.enter, name="enter"),
    path("families/students/<uuid:student_id>/sign-in/", views_opening.student_sign_in, name="student-sign-in"),
    path(
        "families/students/<uuid:student_id>/guardian-sign-in/",
        views_opening.guardian_sign_in,
        name="guardian-sign-in",
    ),
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
