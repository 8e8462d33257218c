import type { HttpAnswer } from "../ports/http-client.ts";

/**
 * The text without the secrets, plain, as JSON has them (PHP writes a slash as `\/`), or as JSON in JSON has them, where
 * a message repeats a whole request.
 */
export const withoutSecrets = (text: string, secrets: readonly string[]): string => {
  const forms = secrets.flatMap((secret) => {
    const inJson = JSON.stringify(secret).slice(1, -1);
    const twice = JSON.stringify(inJson).slice(1, -1);
    return [twice, inJson.replaceAll("/", String.raw`\/`), inJson, secret];
  });
  return forms.reduce((left, form) => (form === "" ? left : left.replaceAll(form, "[secret]")), text);
};

/** The answer with such headers: they are logged and kept (request ids, warnings), of answers that went well too. */
export const headersWithoutSecrets = (answer: HttpAnswer, secrets: readonly string[]): HttpAnswer => ({
  ...answer,
  headers: Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, withoutSecrets(value, secrets)]),
  ),
});
