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

package io.github.lockfile.spring.boot.starter;

import java.nio.file.Path;
import java.util.Objects;

import io.github.lockfile.testsupport.Outsider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.env.Environment;

/**
 * A bean that is created before almost all others, hence destroyed after them, and looks
 * from outside whether the lock is held then. Added by {@code spring.main.sources}.
 */
class LastBean implements BeanPostProcessor, EnvironmentAware, PriorityOrdered, DisposableBean {

	private static final Logger logger = LoggerFactory.getLogger(LastBean.class);

	private @Nullable Path lockFile;

	@Override
	public void setEnvironment(Environment environment) {
		this.lockFile = Path.of(environment.getRequiredProperty("lockfile.path"));
		logger.info("Created the last bean");
	}

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	@Override
	public void destroy() {
		logger.info("At the end, an outsider is {}",
				Outsider.isRefused(Objects.requireNonNull(this.lockFile)) ? "refused" : "let in");
	}

}
