/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.watch;

import java.time.Duration;

/**
 * How to watch a lock.
 *
 * @param interval the time between two verifications; zero for none
 * @param shutdownOnLost whether to end the application if the lock is lost
 * @param shutdownTimeout how long that may take before the process is halted
 * @param ownsProcess whether the process is the application's, rather than that of a
 * servlet container with other applications in it
 * @since 0.1.0
 */
public record WatchSettings(Duration interval, boolean shutdownOnLost, Duration shutdownTimeout, boolean ownsProcess) {

}
