import { Hono } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import type { PublicImage } from "../scaleway/public-images.ts";
import { instanceTypes } from "../scaleway/server-types.ts";
import { json } from "../wire.ts";
import { invalidArguments, notFound } from "./errors.ts";
import { publicImagesOf } from "./image-body.ts";
import { zones, type InstanceParts } from "./parts.ts";
import { pagingOf, queryOf } from "./request.ts";

const fits = (image: PublicImage): string[] =>
  Object.entries(instanceTypes)
    .filter(([, type]) => image.arch === type.arch && (image.storage === "instance_sbs" || type.localMax > 0))
    .map(([name]) => name);

const localImageBody = (image: PublicImage, zone: string): object => ({
  id: image.id,
  arch: image.arch,
  zone,
  compatible_commercial_types: fits(image),
  label: image.label,
  type: image.storage,
});

/** `/marketplace/v2/local-images`: where clients look up the id of an image label. Needs no token. */
export const marketplaceRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/local-images", (c) => {
    const query = queryOf(c);
    const label = query.get("image_label");
    if (label === null && query.get("image_id") === null && query.get("version_id") === null) {
      throw invalidArguments([
        {
          argument_name: "image_label",
          reason: "required",
          help_message: "one of image_id, version_id, image_label",
        },
      ]);
    }
    const zone = query.get("zone");
    const type = query.get("type");
    const found = (zone === null ? zones : [zone]).flatMap((each) =>
      [...publicImagesOf(each).values()]
        .filter(({ image }) => image.label === label && (type === null || image.storage === type))
        .map(({ image }) => localImageBody(image, each)),
    );
    query.set("per_page", query.get("page_size") ?? query.get("per_page") ?? "50");
    const { page, perPage } = pagingOf(query, parts.faults);
    return json(200, {
      local_images: found.slice((page - 1) * perPage, page * perPage),
      total_count: found.length,
    });
  });
  routes.get("/local-images/:id", (c) => {
    const id = c.req.param("id");
    for (const zone of zones) {
      const found = publicImagesOf(zone).get(id);
      if (found !== undefined) {
        return json(200, localImageBody(found.image, zone));
      }
    }
    throw notFound("local_image", id);
  });
  return routes;
};
