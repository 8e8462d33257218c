import { expect, test } from "vitest";
import { shownPath } from "../../local/shown-path.ts";

test.each([
  [".switchyard", "/work/shop", "./.switchyard", "below the folder: from there"],
  ["/work/shop/a/b", "/work/shop", "./a/b", "a whole path below the folder: from there too"],
  ["..state", "/work/shop", "./..state", "two dots that only begin a name lead nowhere else"],
  ["../x", "/work/shop", "/work/x", "beside the folder: the whole path"],
  ["..", "/work/shop", "/work", "the folder's own parent"],
  ["/tmp/state", "/work/shop", "/tmp/state", "elsewhere: the whole path"],
  [".", "/work/shop", ".", "the folder itself"],
])("%s seen from %s is shown as %s: %s", (path, from, shown) => {
  expect(shownPath(path, from)).toBe(shown);
});
