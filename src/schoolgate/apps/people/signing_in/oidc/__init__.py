"""The district's own sign-in, by OpenID Connect: authorization code with PKCE, every answer checked."""
