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

import io.github.lockfile.LockFile;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWarDeployment;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of the watch on the lock. The lock itself is taken earlier, by a
 * listener.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "lockfile.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LockFileProperties.class)
public final class LockFileAutoConfiguration {

	LockFileAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	@Nullable LockFileWatch lockFileWatch(@Qualifier(LockFileApplicationListener.BEAN_NAME) ObjectProvider<LockFile> lock,
			LockFileProperties properties, ApplicationContext context) {
		return LockFileWatch.of(lock.getIfAvailable(), properties, context, System::exit);
	}

	/**
	 * Wins over the watch above in a servlet container of its own, whose process and
	 * other applications must go on.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(name = "org.springframework.web.context.WebApplicationContext")
	@ConditionalOnWarDeployment
	static final class WarDeploymentConfiguration {

		@Bean
		@ConditionalOnMissingBean
		@Nullable LockFileWatch lockFileWatch(@Qualifier(LockFileApplicationListener.BEAN_NAME) ObjectProvider<LockFile> lock,
				LockFileProperties properties, ApplicationContext context) {
			return LockFileWatch.of(lock.getIfAvailable(), properties, context, (exitCode) -> {
			});
		}

	}

}
