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

package io.github.lockfile.spring.boot.autoconfigure;

import io.github.lockfile.spring.boot.startup.LockRequiredPostProcessor;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the check that there is a lock. The lock itself is taken earlier,
 * by a listener that needs no auto-configuration.
 *
 * @since 0.1.0
 */
@AutoConfiguration
public final class LockFileAutoConfiguration {

	LockFileAutoConfiguration() {
	}

	@Bean
	static LockRequiredPostProcessor lockRequiredPostProcessor(ConfigurableApplicationContext context) {
		return new LockRequiredPostProcessor(context);
	}

}
