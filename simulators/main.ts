import { FlagError, helpText, readFlags } from "./flags.ts";
import { startSimulator, type SimulatorOptions } from "./start-simulator.ts";

const serve = async (options: SimulatorOptions): Promise<void> => {
  const simulator = await startSimulator(options);
  const stop = () => {
    simulator.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.stdout.write(`ready ${simulator.url}\n`);
};

try {
  const options = readFlags(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(helpText());
  } else {
    await serve(options);
  }
} catch (error) {
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
