import { describe, expect, it } from "vitest";
import { readAddress, writeAddress } from "./address.ts";

describe("address", () => {
  it("is the plan's link alone for the plan view", () => {
    expect(writeAddress({ link: "1.AKOmv0N7fQ", view: "plan" })).toBe("#1.AKOmv0N7fQ");
    expect(readAddress("#1.AKOmv0N7fQ")).toEqual({ link: "1.AKOmv0N7fQ", view: "plan" });
  });

  it("carries another view without touching the link", () => {
    const address = { link: "1.AKOmv0N7fQ", view: "kit" } as const;
    expect(readAddress(writeAddress(address))).toEqual(address);
    expect(readAddress("#view=kit")).toEqual({ link: "", view: "kit" });
  });

  it("carries what a search asks, in the search view alone", () => {
    const address = { link: "1.AKOmv0N7fQ", view: "search", find: "1~u:64~weights:gguf:Q4_K_M,fp8" } as const;
    expect(readAddress(writeAddress(address))).toEqual(address);
    expect(writeAddress({ ...address, view: "plan" })).toBe("#1.AKOmv0N7fQ");
    expect(readAddress("#1.x&view=kit&find=1~u:2")).toEqual({ link: "1.x", view: "kit" });
  });

  it("shows the plan for a view that it does not know", () => {
    expect(readAddress("#1.x&view=elsewhere").view).toBe("plan");
    expect(readAddress("")).toEqual({ link: "", view: "plan" });
  });
});
