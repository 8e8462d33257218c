// Plain JavaScript, so that an older Node can say what is missing. Where npm could install Node 24 beside the other
// packages (Linux and Windows on x64, Linux on arm64), npm's scripts run that one and nobody sees this.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 24 || (major === 24 && minor >= 4)) {
  await import("./main.ts");
} else {
  process.stderr.write(
    `Switchyard runs on Node 24.4 or newer; this is ${process.versions.node}. Install it from https://nodejs.org and try again.\n`,
  );
  process.exitCode = 1;
}
