/** The text without the secrets, plain or as JSON has them (PHP writes a slash as `\/`): some messages repeat them. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string => {
  const forms = secrets.flatMap((secret) => {
    const inJson = JSON.stringify(secret).slice(1, -1);
    return [secret, inJson, inJson.replaceAll("/", String.raw`\/`)];
  });
  return forms.reduce((left, form) => (form === "" ? left : left.replaceAll(form, "[secret]")), text);
};
