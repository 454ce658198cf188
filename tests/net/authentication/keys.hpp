// Keys for tests alone; nobody publishes them.

#pragma once

namespace troupe::support {

inline constexpr const char* rsa_key =
  "-----BEGIN PRIVATE KEY-----\n"
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCkICuvJdbv7xy4\n"
  "HiHhHVzT4FYCCa+F8L/E7wCS5vREr1awlAvmr2pvSMSOT4Wn61L+8dZ/IhkqHwaE\n"
  "tOaLNNtOc6oATIw3wN5E2dPQ/VVC2fZLhGPTUA/avpUD55fQ/boE+cP6uKHixZXd\n"
  "YRs95YUr5CRknT/vNpUZ/SrUdzejuvohwnR9agAYghVU/UFa9yoXHCEiLKt6D6x3\n"
  "bV4Ltqwd7SLtIxVWt0mSdOfmiHg+TNp+0kAvKdXDK86Nb8ty5SZPCIrlH/+Krlhx\n"
  "mN7eYkQflkXPGwKN4b6cjpGwybP7nK2RiQS6gE5NOYkLF29v7fakhRLoCYhhzHnD\n"
  "BWFsg+2jAgMBAAECggEAFge0GruaCQplUPjJHxCUFA6MjOkkPyF3JDsug7QY0pq0\n"
  "fgQz6sAzVFewpnzZxGs2cJPL8QmwgLJka24QH1xgxDw18/n9EkNtslEzeN3K/YEI\n"
  "lHoN9OB4wv8KPS7Ey9/a1xh4LBBvY7iWKqktARcXU90OM4ErV/PRegkSSthBHCq2\n"
  "4u0UMsCjZ6gCZ2OiSaTesW9xsUT5e2luNSVkZtNX9pIWCQnZY/LxRR4d7isbER0t\n"
  "mkeCPTrzSkIeqrgJ8lZSrik3smawX4qvQnOeHuK5jILdTG6dQ2naLFxxxi46Qh2M\n"
  "nXvyWCTL/pWBiSbI4J8NrAhtn/ZIrL4DLuHRAdzpgQKBgQDaUfxC6McXJYV5v0A+\n"
  "STjDdPPUGGHByIpwF3qppWytoOknugwt3YAFpBCBuH37n0BThdsjWVv51acCzkvj\n"
  "34xaWCq7dBdAOGcH/TZIvq3I0WqukR/ypnJx1NSDq5qKzPOU+vKFgPUhy+/SkDpe\n"
  "88b3x3gpvx5tekxHA7x6NAUWgQKBgQDAc7aGGI7EaJ31Z4iv+g403HaAmEcf8lJz\n"
  "UOPaFZkrqTlV5mzcrslkPeBOe6c+hu+oPw/6rr6cACQyLu/aGbM5UqtzHSwSw01C\n"
  "947s1NEtcotv1wSIplOmrYb6WBWVIPMeT38KmS5lBfxBiUsYiz+NrkvQTP4AoT1f\n"
  "uflKNqjaIwKBgQCVER25Yc9ukoQMmPV4ke5cJuLFktBMzG0aFC4A357Q/umz4mim\n"
  "eHMNZvSOXjZHNHlrjh4OiNkwQR2D4PAYa28d0M18qMunYduXrOD/0pI+aB77isPR\n"
  "nqzN5JAmR2mCFGbM9nvZhC/cH69kim4Qn0rfrCbz+jcAcVzbsEVk+1fuAQKBgDjU\n"
  "ssysidRUNHkYhtO4muNfSxs0XKSBcXmeJHrtL9sl0MmeDv2oG86fOxLSDxQ20qSz\n"
  "YqubWKxGmmm7VJbqSfOehwSqU66Cv9kLs8gaHF84WRbAvxT/UOqCib55rn3oSgLk\n"
  "ZNajX4DzoIdV3Lg1vqG/G6I6ajOTacVP7N7Of1RTAoGAeFPLD5HVChd2kfYgA5XK\n"
  "uDjlwIjURcjXWXwAiNFO5D4xrwnIQnQwWcYXb1SYT0YoJ3rcnGv9SNGWcSSbXEWg\n"
  "1rExqFgmYgaWK3jNfUSpVd0XNz7laetg2CZ6TSwdojEW69lA0Mfe9v3XMKdhwDgg\n"
  "j8Dqj+i7y7X4keHQotlRXIw=\n"
  "-----END PRIVATE KEY-----\n";

inline constexpr const char* ed25519_key =
  "-----BEGIN PRIVATE KEY-----\n"
  "MC4CAQAwBQYDK2VwBCIEIORKbbQJURLpTYXaK6ZLjDMsY2g8FWjyyFRLnGPVneJh\n"
  "-----END PRIVATE KEY-----\n";

/// 512 bits.
inline constexpr const char* weak_rsa_key =
  "-----BEGIN PRIVATE KEY-----\n"
  "MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEA9XrV22UTgCLjOQJT\n"
  "8bCVwdJDORab4HZPYH1eKOvMlnZwNMN6iyx1a48ws2Nc5V9hrZ1iPrx9TYJjWTgf\n"
  "PyqwSQIDAQABAkAIBPxJj5LEg99CdIYDhk5OJ61Uhx2Ohq7vKwlRcuqbG7ELe0eu\n"
  "wKk1c8BRelZVsN+RDKEU2osJibqubeefqDqRAiEA/MXNkU5gkuY8/ggWIPSQ65gX\n"
  "YCvoVHv7ExGHsx8GWiUCIQD4nTIJCg66sLrZcTtSLWdcYr4SKGVzTRKWNa77Lxsa\n"
  "VQIhAIimzvltK9x+yB51dLEgRnB3aru9QP7bf+LRKVF2xlJZAiA6MTFBBGWmNS/H\n"
  "LcXg2lfTPBmZTnNQpb2wAyjOCpyhcQIgQortl3hds/aEXHwMyxfEYcm44YoYTWtJ\n"
  "9nqP49K82zA=\n"
  "-----END PRIVATE KEY-----\n";

} // namespace troupe::support
