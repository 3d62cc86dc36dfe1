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

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContext;

/**
 * What a batch application does: some work, after which it ends by itself or with
 * {@link SpringApplication#exit}. Added by {@code spring.main.sources}.
 */
class BatchJob implements ApplicationRunner {

	private static final Logger logger = LoggerFactory.getLogger(BatchJob.class);

	private final ApplicationContext context;

	private final @Nullable Integer exitCode;

	BatchJob(ApplicationContext context, @Value("${batch.exit-code:#{null}}") @Nullable Integer exitCode) {
		this.context = context;
		this.exitCode = exitCode;
	}

	@Override
	public void run(ApplicationArguments args) {
		logger.info("The work is done");
		Integer exitCode = this.exitCode;
		if (exitCode != null) {
			System.exit(SpringApplication.exit(this.context, () -> exitCode));
		}
	}

}
