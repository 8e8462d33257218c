import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { peakWhile, startStackProcess } from "../../bench/stack-process.ts";
import { upload } from "../../bench/upload.ts";
import { localApiKey } from "../../local/environment.ts";

/** Below what is uploaded; pieces that are let go of at once are collected late. */
const allowedMegabytes = 80;

test("an upload of 100 MB is refused, and never held", { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "switchyard-upload-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const stack = await startStackProcess(join(folder, "state"), [], { HOME: folder });
  onTestFinished(() => stack.stop());
  // Whatever the first request loads and holds is none of the upload's.
  await upload(stack.url, localApiKey, 11);
  const before = stack.megabytes();
  const { result, peakMegabytes } = await peakWhile(stack, upload(stack.url, localApiKey, 100));
  expect(result.status).toBe(413);
  expect(JSON.parse(result.body)).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  expect(peakMegabytes - before).toBeLessThan(allowedMegabytes);
});
