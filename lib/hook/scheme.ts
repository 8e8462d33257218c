/** How a sender proves that it is the one. */
export const schemes = [
  "standard",
  "github",
  "gitlab",
  "stripe",
  "grafana",
  "alertmanager",
  "bearer",
  "basic",
] as const;
export type Scheme = (typeof schemes)[number];

/** What a scheme does not protect from, for whoever sets up a hook. */
export const weaknesses: Readonly<Partial<Record<Scheme, string>>> = {
  github:
    "GitHub signs the body only: whoever has recorded a delivery can send it again under another X-GitHub-Delivery.",
  gitlab:
    "X-Gitlab-Token does not sign the body; with a signing token (whsec_…) as the secret, GitLab signs it.",
  alertmanager:
    "Alertmanager does not sign the body: the secret itself is sent, so let it travel over TLS only.",
  bearer: "The body is not signed: the secret itself is sent, so let it travel over TLS only.",
  basic: "The body is not signed: the secret itself is sent, so let it travel over TLS only.",
};
