import type { Task } from "../../operation/observation.ts";
import type { Handle } from "../../ports/provider.ts";

const taskOfImage = /^images\/(.+)$/;

/** The task under which a backup is followed: the image that it makes, since there is no other handle. */
export const backupTask = (imageId: string): Task => ({
  id: `images/${imageId}`,
  status: "creating",
  progress: null,
});

/** The image that a handle follows; null where it follows its resource. */
export const imageIn = ({ task }: Pick<Handle, "task">): string | null =>
  taskOfImage.exec(task?.id ?? "")?.[1] ?? null;
