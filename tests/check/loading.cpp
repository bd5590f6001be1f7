// SPDX-License-Identifier: Apache-2.0
// A limiter whose file is wrong in one way: LOADING_... says which.
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>

#include <cstdlib>
#include <thread>

#include <time.h>
#include <unistd.h>

namespace {

gh_status create(const gh_create_args*, const gh_call*, gh_instance**) { return GH_INTERNAL; }
gh_status life(gh_instance*, const gh_call*) { return GH_INTERNAL; }
void destroy(gh_instance*) {}
gh_status take(gh_instance*, const gh_call*, const gh_take*, gh_take_out*) { return GH_INTERNAL; }
gh_status reset(gh_instance*, const gh_call*, gh_slice) { return GH_INTERNAL; }

constexpr gh_rate_limiter_v1 table{sizeof(gh_rate_limiter_v1), 0, take, reset, life};
#if defined(LOADING_UNKNOWN_INTERFACE)
constexpr gh_interface interfaces[] = {{GH_RATE_LIMITER_V1, &table}, {"gatehouse.limiter/1", &table}};
#elif defined(LOADING_OTHER_INTERFACE)
constexpr gh_interface interfaces[] = {{GH_RATE_LIMITER_V1, &table}, {"acme.limiter/1", &table}};
#else
constexpr gh_interface interfaces[] = {{GH_RATE_LIMITER_V1, &table}};
#endif

#if defined(LOADING_SLOW)
[[gnu::constructor]] void slow() {
  const timespec time{1, 200'000'000};
  ::nanosleep(&time, nullptr);
}
#elif defined(LOADING_THREAD)
[[gnu::constructor]] void thread() {
  std::thread([] { ::pause(); }).detach();
}
#endif

}  // namespace

extern "C" {
extern GH_EXPORT const gh_plugin gatehouse_plugin_v1;
#if defined(LOADING_TWO_EXPORTS)
GH_EXPORT int one_more = 1;
#elif defined(LOADING_FOREIGN)
GH_EXPORT int EVP_DigestInit_ex(void) { return 1; }
#endif
}

#if defined(LOADING_UNIQUE)
template <class T>
struct GH_EXPORT Shared {
  static inline int value = 0;
};
template struct Shared<int>;
#endif

#if defined(LOADING_FILLED_BY_CODE)
const auto magic = static_cast<std::uint64_t>(std::strtoull("3550335451117404487", nullptr, 10));
#else
constexpr std::uint64_t magic = GH_MAGIC;
#endif
const gh_plugin gatehouse_plugin_v1 = {magic,
                                       sizeof(gh_plugin),
                                       GH_ABI_MAJOR,
                                       GH_ABI_MINOR,
                                       0,
                                       LOADING_ID,
                                       "1.0.0",
                                       "Apache-2.0",
                                       "Is loaded, or not.",
                                       nullptr,
                                       0,
                                       0,
                                       interfaces,
                                       sizeof(interfaces) / sizeof(*interfaces),
                                       sizeof(gh_interface),
                                       0,
                                       0,
                                       create,
                                       life,
                                       life,
                                       destroy};
