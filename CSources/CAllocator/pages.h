// Inside the module: learning which allocations own their pages.
#pragma once

/// Called by apus_allocator_start. Before it, no allocation counts as owning pages.
void pages_start(void);
