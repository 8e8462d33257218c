const gigabyte = 1_000_000_000;
const gibibyte = 1_073_741_824;

/** What a commercial type offers. */
export interface ServerType {
  arch: "x86_64" | "arm";
  cores: number;
  /** Bytes. */
  memory: number;
  /** Bytes of local storage that its volumes together may have; 0 means block storage only. */
  localMax: number;
  /** Bytes of local storage that its volumes together must have. */
  localMin: number;
  /** Euro an hour, excluding tax. */
  hourlyPrice: number;
  endOfService: boolean;
}

const type = (
  cores: number,
  memoryGib: number,
  localGb: number,
  hourlyPrice: number,
  rest: Partial<ServerType> = {},
): ServerType => ({
  arch: "x86_64",
  cores,
  memory: memoryGib * gibibyte,
  localMax: localGb * gigabyte,
  localMin: 0,
  hourlyPrice,
  endOfService: false,
  ...rest,
});

const ended = { endOfService: true };

/** Today's types at the prices read in fr-par-1 on 2026-08-17 (providers.md 4.10). */
export const instanceTypes: Readonly<Record<string, ServerType>> = {
  "STARDUST1-S": type(1, 1, 10, 0.0006),
  "DEV1-S": type(2, 2, 20, 0.008976),
  "DEV1-M": type(3, 4, 40, 0.020196),
  "DEV1-L": type(4, 8, 80, 0.04284),
  "DEV1-XL": type(4, 12, 120, 0.065076),
  "BASIC2-A2C-4G": type(2, 4, 0, 0.023),
  "BASIC3-X2C-4G": type(2, 4, 0, 0.039449),
  VC1S: type(2, 2, 50, 0.00862, ended),
  "PLAY2-PICO": type(1, 2, 0, 0.01428),
  "PLAY2-NANO": type(2, 4, 0, 0.02754),
  "PLAY2-MICRO": type(4, 8, 0, 0.05508),
  "GP1-XS": type(4, 16, 150, 0.09282),
  "GP1-S": type(8, 32, 300, 0.19074),
  "GP1-M": type(16, 64, 600, 0.38352),
  "GP1-L": type(32, 128, 600, 0.77418),
  "START1-S": type(2, 2, 50, 0.0106, ended),
  "PRO2-XXS": type(2, 8, 0, 0.0561),
  "PRO2-XS": type(4, 16, 0, 0.1122),
  "PRO2-S": type(8, 32, 0, 0.22338),
  "PRO2-M": type(16, 64, 0, 0.44676),
  "PRO2-L": type(32, 128, 0, 0.89454),
  "POP2-2C-8G": type(2, 8, 0, 0.0735),
  "STANDARD3-X2C-8G": type(2, 8, 0, 0.0809),
  "STANDARD2-A2C-8G": type(2, 8, 0, 0.0586),
};

/** Types of the legacy API, those of seed 000 and its successor. Prices of VC1S and START1-S as of providers.md
 * 4.10, of C1 as in its first client; the other prices are rough and only there to be added up. */
export const computeTypes: Readonly<Record<string, ServerType>> = {
  C1: type(4, 2, 200, 0.002, { arch: "arm" }),
  VC1S: type(2, 2, 50, 0.00862),
  VC1M: type(4, 4, 100, 0.012, { localMin: 100 * gigabyte }),
  VC1L: type(6, 8, 200, 0.02, { localMin: 200 * gigabyte }),
  C2S: type(4, 8, 450, 0.024),
  C2M: type(8, 16, 450, 0.036),
  C2L: type(8, 32, 450, 0.048),
  "START1-S": type(2, 2, 50, 0.0106),
};
