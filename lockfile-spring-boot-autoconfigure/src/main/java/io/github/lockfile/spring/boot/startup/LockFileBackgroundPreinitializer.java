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

package io.github.lockfile.spring.boot.startup;

import io.github.lockfile.LockFilePreloader;

import org.springframework.boot.autoconfigure.preinitialize.BackgroundPreinitializer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Loads the classes that the lock needs on another thread, before it is taken. It comes
 * first, because the lock is taken before anything else that is preinitialized is used.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class LockFileBackgroundPreinitializer implements BackgroundPreinitializer {

	@Override
	public void preinitialize() {
		LockFilePreloader.preload();
	}

}
